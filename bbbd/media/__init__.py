"""Sound, cameras and screens: the media plane, whose engine is Janus, a process beside bbbd."""
