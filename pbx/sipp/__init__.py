"""Real SIP citizens and desk telephones for tests, demonstration and `contactcenter simulate`, played by SIPp.

SIPp is Debian's package `sip-tester`. Everything stays on loopback: these drivers refuse any other address.
"""

from pbx.sipp.drivers import Citizen, DeskPhone, Dialling, Sipp

__all__ = ["Citizen", "DeskPhone", "Dialling", "Sipp"]
