"""Values read from outside text: declared fields, value types, enums, durations, XML."""
