#!/usr/bin/env python3
"""A network function's side of handovers. Usage: function.py CONTROL-CHANNEL HOST:PORT [STATE]; needs nothing but Python."""
import json, socket, socketserver, sys, threading

state = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}  # what the function knows: the flow as text -> anything
leaving, arriving = {}, {}                                    # handover -> flow


def key(event):
    return json.dumps(event.get("flow") or event.get("match"), sort_keys=True)


class Peer(socketserver.StreamRequestHandler):
    def handle(self):  # the destination asks us: a line with the handover's number
        self.wfile.write(json.dumps(state.get(leaving[int(self.rfile.readline())])).encode())


def fetch(address, handover):
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=5) as peer:
        peer.sendall(b"%d\n" % handover)
        return json.load(peer.makefile())


def handle(event, handover):
    if event["event"] == "start":
        # Whatever was sent to us before this line is in our interfaces: process it, then say ready, and touch the flow no more.
        (leaving if event["role"] == "source" else arriving)[handover] = key(event)
        return {"event": "ready"}
    if event["event"] == "transfer":
        try:
            state[arriving[handover]] = fetch(event["peer"]["address"], handover)
            return {"event": "stateReady"}
        except (OSError, ValueError, KeyError) as problem:
            return {"event": "stateFailed", "reason": repr(problem)}
    if event["event"] == "end":  # only one of the two has the flow from here on
        gone = (leaving if event["outcome"] == "completed" else arriving).get(handover)
        state.pop(gone, None)
        leaving.pop(handover, None), arriving.pop(handover, None)


host, port = sys.argv[2].rsplit(":", 1)
server = socketserver.ThreadingTCPServer((host, int(port)), Peer)
threading.Thread(target=server.serve_forever, daemon=True).start()
channel = socket.socket(socket.AF_UNIX)
channel.connect(sys.argv[1])
for line in channel.makefile():
    event = json.loads(line)
    answer = handle(event, event.get("handover"))
    if answer:
        channel.sendall(json.dumps(dict(answer, handover=event["handover"])).encode() + b"\n")
    print(event["event"], json.dumps(state), flush=True)
