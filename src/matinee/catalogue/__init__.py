"""What a title is: its fields, its identity, and the Arrow schema of a catalogue."""
