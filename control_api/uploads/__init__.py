"""Files on their way up: tus 1.0, or one multipart request; their bytes wait in quarantine."""
