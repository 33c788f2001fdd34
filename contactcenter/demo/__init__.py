"""The demo municipality Solvik: configuration, simulated citizens, and a case system on the other side."""
