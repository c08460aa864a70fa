"""HTTP as everybody here speaks it: connections, requests, files, limits. It knows no meeting."""
