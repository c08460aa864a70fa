"""A meeting's history: what happened, in order, read from a journal or from BigBlueButton's events.xml."""
