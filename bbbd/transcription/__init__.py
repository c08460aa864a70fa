"""What is said in a recording becomes a text track, by speech recognition on this machine."""
