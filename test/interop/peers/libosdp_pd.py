"""libosdp as a device on a pseudo-terminal of its own: libosdp_pd.py ADDRESS BAUD install|SCBK

install: it has no key yet and takes SCBK-D. What a panel makes it do is told; files that it gets are told whole.
"""
import sys

import osdp_sys as osdp

from peer import make_line, run, say

ADDRESS, BAUD = int(sys.argv[1]), int(sys.argv[2])
key = None if sys.argv[3] == "install" else bytes.fromhex(sys.argv[3])

NAMES = {
    osdp.CMD_OUTPUT: "out",
    osdp.CMD_LED: "led",
    osdp.CMD_BUZZER: "buz",
    osdp.CMD_TEXT: "text",
    osdp.CMD_KEYSET: "keyset",
    osdp.CMD_COMSET: "comset",
    osdp.CMD_COMSET_DONE: "comset-done",
    osdp.CMD_MFG: "mfg",
    osdp.CMD_FILE_TX: "file",
    osdp.CMD_STATUS: "status",
}
EVENTS = {
    "keys": osdp.EVENT_KEYPRESS,
    "card": osdp.EVENT_CARDREAD,
    "status": osdp.EVENT_STATUS,
    "mfgrep": osdp.EVENT_MFGREP,
}
BYTES = {"keys": "data", "card": "data", "status": "report", "mfgrep": "data"}
REPORTS = {
    osdp.STATUS_REPORT_LOCAL: bytes(2),
    osdp.STATUS_REPORT_INPUT: bytes([0, 1, 0]),
    osdp.STATUS_REPORT_OUTPUT: bytes([1, 0]),
    osdp.STATUS_REPORT_REMOTE: bytes(1),
}
CAPABILITIES = [
    (osdp.CAP_CONTACT_STATUS_MONITORING, 1, 3),
    (osdp.CAP_OUTPUT_CONTROL, 3, 2),
    (osdp.CAP_CARD_DATA_FORMAT, 1, 0),
    (osdp.CAP_READER_LED_CONTROL, 4, 1),
    (osdp.CAP_READER_AUDIBLE_OUTPUT, 2, 1),
    (osdp.CAP_READER_TEXT_OUTPUT, 1, 1),
    (osdp.CAP_READERS, 0, 1),
]

osdp.set_loglevel(osdp.LOG_WARNING)
line = make_line()
file = bytearray()
link = None


def told(command):
    global key
    number = command.pop("command")
    name = NAMES.get(number, str(number))
    if name == "keyset":
        key = command["data"]  # As a device keeps it through a power cut.
    say("command", name=name, **command)
    if name == "status":
        return 0, {"command": number, **command, "report": REPORTS[command["type"]]}
    return 0, None


def opened(id, size):
    file[:] = bytes(size)
    say("file-opened", id=id, size=size)
    return 0


def written(data, offset):
    file[offset:offset + len(data)] = data
    return len(data)


def power_on():
    made = osdp.PeripheralDevice({
        "name": "theirs",
        "address": ADDRESS,
        "flags": osdp.FLAG_INSTALL_MODE if key is None else osdp.FLAG_ENFORCE_SECURE,
        "scbk": key,
        "channel": line,
        "version": 1,
        "model": 9,
        "vendor_code": 0x123456,
        "serial_number": 777,
        "firmware_version": 0x00030201,
    }, capabilities=[
        {"function_code": function, "compliance_level": compliance, "num_items": count}
        for function, compliance, count in CAPABILITIES
    ])
    made.set_command_callback(told)
    made.register_file_ops(0, {
        "open": opened,
        "read": lambda size, offset: b"",
        "write": written,
        "close": lambda id: say("file", id=id, data=bytes(file)),
    })
    return made


device = power_on()


def refresh():
    global link
    device.refresh()
    now = (device.is_online(), device.is_sc_active())
    if now != link:
        link = now
        say("link", online=now[0], secure=now[1])


def order(what):
    global device
    name = what.pop("do")
    if name == "power-cut":
        device = None
        line.flush()
        device = power_on()
        say("powered")
        return
    what[BYTES[name]] = bytes.fromhex(what[BYTES[name]])
    say("submitted", name=name, ok=device.submit_event({"event": EVENTS[name], **what}))


run(refresh, order)
