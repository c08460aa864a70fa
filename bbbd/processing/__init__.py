"""Processing: what a recorded meeting left becomes a recording, and is published."""
