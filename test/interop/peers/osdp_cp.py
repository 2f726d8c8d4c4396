"""osdp-python as a control panel: osdp_cp.py PATH ADDRESS clear | as-is MASTER | amended MASTER

as-is: it asks for SCBK-D in every handshake, keyed device or not (docs/interop.md). amended: once its device was given a
key, it asks for that one. Its keys are made from MASTER and from what the device says of itself.
"""
import logging
import os
import sys
import time
import types

import osdp
from osdp import _bus, _command

from peer import run, say

PATH, ADDRESS, MODE = sys.argv[1], int(sys.argv[2]), sys.argv[3]
MASTER = bytes.fromhex(sys.argv[4]) if MODE != "clear" else None

# It rests 100 ms between two polls; a thousand of them shall not take two minutes.
REST = 0.02
_bus.time = types.SimpleNamespace(sleep=lambda seconds: time.sleep(min(seconds, REST)))
logging.getLogger("osdp").setLevel(logging.ERROR)

asks_for = 0
_command.SecurityInitializationRequestCommand.security_control_block = lambda self: bytes([3, 0x11, asks_for])
_command.ServerCryptogramCommand.security_control_block = lambda self: bytes([3, 0x13, asks_for])


class Panel(osdp.ControlPanel):
    def on_reply_received(self, reply):
        global asks_for
        super().on_reply_received(reply)
        kind = reply.type.name
        if kind != "Ack":
            say("reply", kind=kind, data=reply.extract_reply_data, sealed=reply.is_secure_message)
        if MODE == "amended" and kind == "Ack" and isinstance(reply._issuing_command, osdp.KeySetCommand):
            asks_for = 1


if MODE == "amended" and len(sys.argv) > 5:
    asks_for = 1  # The device has its key from a run before.
panel = Panel(MASTER)
# Its pauses between frames are counted from the baud rate; a pseudo-terminal has none.
bus = panel.start_connection(osdp.SerialPortOsdpConnection(PATH, 230400))
panel.add_device(bus, ADDRESS, True, MODE != "clear")

COLOURS = {"red": osdp.LedColor.Red, "green": osdp.LedColor.Green, "black": osdp.LedColor.Black}


def led(mode, permanent):
    return osdp.ReaderLedControls([osdp.ReaderLedControl(
        0, 0, mode, 5, 0, osdp.LedColor.Red, osdp.LedColor.Red, 5,
        permanent, 5, 5, osdp.LedColor.Green, osdp.LedColor.Black,
    )])


ASKS = {
    "id": lambda _: panel.id_report(bus, ADDRESS),
    "cap": lambda _: panel.device_capabilities(bus, ADDRESS),
    "lstat": lambda _: panel.local_status(bus, ADDRESS),
    "istat": lambda _: panel.input_status(bus, ADDRESS),
    "ostat": lambda _: panel.output_status(bus, ADDRESS),
    "rstat": lambda _: panel.reader_status(bus, ADDRESS),
    "out": lambda what: panel.output_control(bus, ADDRESS, osdp.OutputControls([
        osdp.OutputControl(0, osdp.OutputControlCode(what["control"]), what["timer"]),
    ])),
    "led": lambda _: panel.reader_led_control(bus, ADDRESS, led(
        osdp.TemporaryReaderControlCode.SetTemporaryAndStartTimer, osdp.PermanentReaderControlCode.Nop,
    )),
    "led-permanent": lambda _: panel.reader_led_control(bus, ADDRESS, led(
        osdp.TemporaryReaderControlCode.Nop, osdp.PermanentReaderControlCode.SetPermanentState,
    )),
    "buz": lambda _: panel.send_command(bus, osdp.ReaderBuzzerControlCommand(
        ADDRESS, osdp.ReaderBuzzerControl(0, osdp.ToneCode.DefaultTone, 2, 1, 3),
    )).type.name,
    "text": lambda _: panel.send_command(bus, osdp.ReaderTextOutputCommand(
        ADDRESS, osdp.ReaderTextOutput(0, osdp.TextCommand.PermanentTextNoWrap, 0, 1, 1, "HELLO"),
    )).type.name,
}


def order(what):
    name = what.pop("do")
    try:
        say("answer", to=name, said=str(ASKS[name](what)))
    except Exception as error:  # A time-out, or a reply of another kind than it can read.
        say("answer", to=name, error=f"{type(error).__name__} {error}")


run(lambda: None, order)
os._exit(0)  # Its thread never ends by itself.
