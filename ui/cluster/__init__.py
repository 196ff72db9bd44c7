"""The service over several machines, on Ray Serve."""
