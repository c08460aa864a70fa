"""What applications are told of by calls from here, whatever fails on the way."""
