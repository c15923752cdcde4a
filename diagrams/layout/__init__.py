"""Where everything of a picture stands: models laid out as scenes, in points, with the origin at the top left."""
