"""In place of Moodle's mock of a BigBlueButton server: its paths, its back office, its statuses."""
