"""libosdp as a control panel: libosdp_cp.py PATH ADDRESS BAUD SCBK install|enforce

install: where the device does not prove SCBK, it tries SCBK-D and gives it SCBK. enforce: SCBK or nothing.
"""
import sys

import osdp_sys as osdp

from peer import open_line, run, say

PATH, ADDRESS, BAUD = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
SCBK, MODE = bytes.fromhex(sys.argv[4]), sys.argv[5]

COMMANDS = {
    "out": osdp.CMD_OUTPUT,
    "led": osdp.CMD_LED,
    "buz": osdp.CMD_BUZZER,
    "text": osdp.CMD_TEXT,
    "keyset": osdp.CMD_KEYSET,
    "comset": osdp.CMD_COMSET,
    "mfg": osdp.CMD_MFG,
    "file": osdp.CMD_FILE_TX,
    "status": osdp.CMD_STATUS,
}
NAMES = {number: name for name, number in COMMANDS.items()}
EVENTS = {
    osdp.EVENT_CARDREAD: "card",
    osdp.EVENT_KEYPRESS: "keys",
    osdp.EVENT_MFGREP: "mfgrep",
    osdp.EVENT_STATUS: "status",
}
# What is not text in a command.
BYTES = {"keyset": "data", "mfg": "data"}

osdp.set_loglevel(osdp.LOG_WARNING)
file = b""
link = None


def told(_, event):
    kind = event.pop("event")
    if kind in EVENTS:
        say(EVENTS[kind], **event)
    return 0


def done(_, command, status):
    say("done", command=NAMES.get(command["command"], command["command"]), status=status)


panel = osdp.ControlPanel([{
    "name": "lintel",
    "address": ADDRESS,
    "flags": osdp.FLAG_ENFORCE_SECURE if MODE == "enforce" else 0,
    "scbk": SCBK,
    "channel": open_line(PATH),
    "version": 0,
    "model": 0,
    "vendor_code": 0,
    "serial_number": 0,
    "firmware_version": 0,
}])
panel.set_event_callback(told)
panel.set_command_completion_callback(done)


def refresh():
    global link
    panel.refresh()
    now = (panel.status() & 1 == 1, panel.sc_status() & 1 == 1)
    if now != link:
        link = now
        say("link", online=now[0], secure=now[1])


def order(line):
    global file
    name = line.pop("do")
    if name == "identity":
        say("identity", **panel.get_pd_id(0))
    elif name == "capability":
        compliance, count = panel.check_capability(0, line["function"])
        say("capability", function=line["function"], compliance=compliance, count=count)
    elif name == "reconnect":
        # Its own next try is 300 s away: somebody takes the device out of the panel's list and puts it back.
        panel.disable_pd(0)
        for _ in range(50):
            refresh()
        panel.enable_pd(0)
    else:
        if name == "file":
            file = bytes.fromhex(line.pop("data"))
            panel.register_file_ops(0, {
                "open": lambda id, size: len(file),
                "read": lambda size, offset: file[offset:offset + size],
                "write": lambda data, offset: -1,
                "close": lambda id: say("file-closed", id=id),
            })
        if name in BYTES:
            line[BYTES[name]] = bytes.fromhex(line[BYTES[name]])
        say("submitted", command=name, ok=panel.submit_command(0, {"command": COMMANDS[name], **line}))


run(refresh, order)
