"""The programs: settings, then logs, then run until a signal."""
