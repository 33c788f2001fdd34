"""The telephone channel: Asterisk's calls become contacts, offers become ringing telephones."""
