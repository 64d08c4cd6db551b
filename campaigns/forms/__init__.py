"""Forms turn what came over the wire into a Query or a Draft, and say what is wrong beside the field."""
