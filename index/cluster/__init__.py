"""An index over several machines, on Ray: built by workers, its shards served by processes.

The only place, with `ui.cluster`, that imports Ray, which comes with the extra ``cluster``.
"""
