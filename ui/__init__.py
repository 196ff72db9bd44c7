"""What people touch: the chat page, the command line and the reports."""
