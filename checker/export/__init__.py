"""What leaves for other programs: models for other checkers, runs as captures and as scripts for packetdrill."""
