"""The test suite: unit tests mirror the packages; contract, integration and acceptance tests run real servers."""
