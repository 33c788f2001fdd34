"""The console and the API: everything that speaks HTTP and WebSocket. starlette and websockets live only here."""
