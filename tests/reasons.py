"""Why a test is skipped, where the summary counts it."""

NO_DAEMON = "no dockerd to start"  # for an engine of the tests' own
