"""Diagnosis of wrong checksums: finds the caller's most likely mistake."""
