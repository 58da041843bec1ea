-- Dissects SHarP's control frames: EtherType 0x821c, by which controller and HSLs talk in the data plane.
--
-- A frame is command u16, handover u16, length of all TLVs u32, then TLVs of type u16, length u16 and value, all big-endian; padding
-- may follow. It is read TLV by TLV, whatever the command, so that a newer program's frames are shown as far as they are known.

local sharp = Proto("sharp", "SHarP flow handover")

local ETHERTYPE = 0x821c
local HEADER, TLV_HEADER = 8, 4
-- Frames wrapped in wrapped frames are not of this protocol; what comes deeper is shown as bytes.
local DEEPEST = 2

local commands = {
    [0x0001] = "START source", [0x0002] = "START destination", [0x0003] = "START_ACK", [0x0004] = "BUFFER_FOLLOW_UP",
    [0x0005] = "RELEASE_FINISHED", [0x0006] = "RELEASE_FINISHED_ACK", [0x0007] = "HANDOVER_FINISHED",
    [0x0008] = "HANDOVER_FINISHED_ACK", [0x0009] = "FENCE", [0x000a] = "FENCE_ACK", [0x000b] = "ABORT", [0x000c] = "ABORT_ACK",
    [0x000d] = "RESEND", [0x000e] = "TRANSFER", [0x000f] = "TRANSFER_ACK", [0x0010] = "ARM", [0x0011] = "ARM_ACK", [0x0012] = "SEEN",
    [0x0013] = "SEEN_ACK", [0x0014] = "SYNC", [0x0015] = "SYNC_ACK", [0x0016] = "DISARM", [0x0017] = "DISARM_ACK",
    [0x0018] = "MIRROR", [0x0019] = "MIRROR_ACK", [0x001a] = "HELLO", [0x001b] = "HELLO_ACK",
    [0x001c] = "FROZEN", [0x001d] = "FREEZING", [0x001e] = "FENCING",
    [0x0100] = "TRANSPORT", [0x0101] = "STRAGGLER", [0x0102] = "STRAGGLER_ACK",
}

-- TLVs without which a command says nothing; others depend on what is said.
local RESEND, ARM, SEEN = 0x000d, 0x0010, 0x0012
local needs = {
    [0x0001] = { 0x0001, 0x0002 }, [0x0002] = { 0x0001, 0x0002 }, [0x0005] = { 0x0031 }, [0x000a] = { 0x0031 },
    [RESEND] = { 0x0030 }, [0x000e] = { 0x0001 }, [0x0100] = { 0x0030, 0x0100 }, [0x0101] = { 0x0030, 0x0100 }, [0x0102] = { 0x0030 },
    [ARM] = { 0x0002, 0x0037, 0x0039 }, [SEEN] = { 0x0003, 0x0100 }, [0x0013] = { 0x0003, 0x003a }, [0x0014] = { 0x0031 }, [0x0018] = { 0x0003 },
    [0x001b] = { 0x003e },
}
-- The TLV of which a command may have several.
local repeated = { [RESEND] = 0x0030, [ARM] = 0x0038 }
local verdicts = { [0] = "wait", [1] = "yours", [2] = "joins" }

local f = {
    command = ProtoField.uint16("sharp.command", "Command", base.HEX, commands),
    handover = ProtoField.uint16("sharp.handover", "Handover", base.DEC),
    length = ProtoField.uint32("sharp.length", "Length of all TLVs", base.DEC),
    tlv = ProtoField.none("sharp.tlv", "TLV"),
    tlv_type = ProtoField.uint16("sharp.tlv.type", "Type", base.HEX),
    tlv_length = ProtoField.uint16("sharp.tlv.length", "Length", base.DEC),
    tlv_value = ProtoField.bytes("sharp.tlv.value", "Value"),
    padding = ProtoField.bytes("sharp.padding", "Padding"),
    vnf_from = ProtoField.uint16("sharp.vnf_from", "From VNF", base.DEC),
    vnf_to = ProtoField.uint16("sharp.vnf_to", "To VNF", base.DEC),
    eth_type = ProtoField.uint16("sharp.eth_type", "EtherType", base.HEX),
    eth_src = ProtoField.ether("sharp.eth_src", "Ethernet source"),
    eth_dst = ProtoField.ether("sharp.eth_dst", "Ethernet destination"),
    ipv4_src = ProtoField.ipv4("sharp.ipv4_src", "IPv4 source"),
    ipv4_dst = ProtoField.ipv4("sharp.ipv4_dst", "IPv4 destination"),
    udp_src = ProtoField.uint16("sharp.udp_src", "UDP source port", base.DEC),
    udp_dst = ProtoField.uint16("sharp.udp_dst", "UDP destination port", base.DEC),
    tcp_src = ProtoField.uint16("sharp.tcp_src", "TCP source port", base.DEC),
    tcp_dst = ProtoField.uint16("sharp.tcp_dst", "TCP destination port", base.DEC),
    ipv6_src = ProtoField.ipv6("sharp.ipv6_src", "IPv6 source"),
    ipv6_dst = ProtoField.ipv6("sharp.ipv6_dst", "IPv6 destination"),
    ip_proto = ProtoField.uint8("sharp.ip_proto", "IP protocol", base.DEC),
    vlan_vid = ProtoField.uint16("sharp.vlan_vid", "VLAN identifier", base.DEC),
    icmp_type = ProtoField.uint8("sharp.icmp_type", "ICMP type", base.DEC),
    icmp_code = ProtoField.uint8("sharp.icmp_code", "ICMP code", base.DEC),
    sctp_src = ProtoField.uint16("sharp.sctp_src", "SCTP source port", base.DEC),
    sctp_dst = ProtoField.uint16("sharp.sctp_dst", "SCTP destination port", base.DEC),
    sequence = ProtoField.uint32("sharp.sequence", "Sequence", base.DEC),
    count = ProtoField.uint32("sharp.count", "Count", base.DEC),
    part_index = ProtoField.uint16("sharp.part.index", "Part (from 0)", base.DEC),
    part_count = ProtoField.uint16("sharp.part.count", "Parts", base.DEC),
    peer_address = ProtoField.string("sharp.peer_address", "Peer's address", base.UNICODE),
    reason = ProtoField.string("sharp.reason", "Reason", base.UNICODE),
    usage_packets = ProtoField.uint32("sharp.buffer.packets", "Packets that waited", base.DEC),
    usage_bytes = ProtoField.uint64("sharp.buffer.bytes", "Bytes that waited", base.DEC),
    usage_peak = ProtoField.uint32("sharp.buffer.peak_packets", "Most packets at one time", base.DEC),
    straight_to = ProtoField.ether("sharp.straight_to", "Stragglers go to"),
    match = ProtoField.bytes("sharp.match", "Match (OXM fields)"),
    owned = ProtoField.bool("sharp.owner.owned", "The destination's own"),
    owner_match = ProtoField.bytes("sharp.owner.match", "Match (OXM fields)"),
    awaits_state = ProtoField.bool("sharp.awaits_state", "TRANSFER_ACK waits for the state"),
    capabilities = ProtoField.uint32("sharp.capabilities", "Capabilities", base.HEX),
    can_direct = ProtoField.bool("sharp.capabilities.direct", "Direct mode", 32, nil, 0x1),
    repeated = ProtoField.bool("sharp.repeated", "Said before"),
    uptime = ProtoField.uint32("sharp.uptime", "Agent has been running (µs)", base.DEC),
    process = ProtoField.uint64("sharp.process", "Agent's process", base.HEX),
    owns_rest = ProtoField.bool("sharp.owns_rest", "The rest is the destination's own"),
    verdict = ProtoField.uint8("sharp.verdict", "Verdict", base.DEC, verdicts),
    joined = ProtoField.uint16("sharp.joined_handover", "Joins handover", base.DEC),
    held_under = ProtoField.uint16("sharp.held_under", "Held under", base.DEC),
    counter = ProtoField.uint64("sharp.counter", "Counter", base.DEC),
    tag = ProtoField.bytes("sharp.tag", "Authentication tag"),
    frame = ProtoField.bytes("sharp.frame", "Wrapped frame"),
}
sharp.fields = f

local function mark(name, text, group, severity)
    return ProtoExpert.new("sharp.expert." .. name, text, group, severity)
end

local e = {
    cut = mark("cut", "The frame ends within what its lengths say", expert.group.MALFORMED, expert.severity.ERROR),
    size = mark("size", "TLV of a length that its type does not have", expert.group.MALFORMED, expert.severity.ERROR),
    missing = mark("missing", "A TLV that the command needs is missing", expert.group.MALFORMED, expert.severity.ERROR),
    value = mark("value", "Impossible value", expert.group.MALFORMED, expert.severity.ERROR),
    duplicate = mark("duplicate", "TLV that came before", expert.group.PROTOCOL, expert.severity.WARN),
    command = mark("command", "Unknown command", expert.group.UNDECODED, expert.severity.WARN),
    tlv = mark("tlv", "Unknown TLV", expert.group.UNDECODED, expert.severity.NOTE),
    frame = mark("frame", "The wrapped frame cannot be dissected", expert.group.UNDECODED, expert.severity.WARN),
}
sharp.experts = e

-- What a TLV is called, how many bytes it has (nil: any number), and how its value is shown and kept in `said` for the info column.
local function field(label, name, size, read)
    return {
        label = label, size = size,
        show = function(tree, value, said)
            tree:add(f[name], value)
            if read then said[name] = read(value) end
        end,
    }
end

local function text(label, name)
    return {
        label = label,
        show = function(tree, value, said)
            tree:add_packet_field(f[name], value, ENC_UTF_8)
            said[name] = value:len() > 0 and value:string(ENC_UTF_8) or ""
        end,
    }
end

local function number(value) return value:uint() end
local function address4(value) return tostring(value:ipv4()) end
local function address6(value) return "[" .. tostring(value:ipv6()) .. "]" end
local function mac(value) return tostring(value:ether()) end

local tlvs = {
    [0x0001] = field("From VNF", "vnf_from", 2, number),
    [0x0002] = field("To VNF", "vnf_to", 2, number),
    [0x0003] = field("EtherType", "eth_type", 2, number),
    [0x0004] = field("Ethernet source", "eth_src", 6, mac),
    [0x0005] = field("Ethernet destination", "eth_dst", 6, mac),
    [0x0006] = field("IPv4 source", "ipv4_src", 4, address4),
    [0x0007] = field("IPv4 destination", "ipv4_dst", 4, address4),
    [0x0008] = field("UDP source port", "udp_src", 2, number),
    [0x0009] = field("UDP destination port", "udp_dst", 2, number),
    [0x0010] = field("TCP source port", "tcp_src", 2, number),
    [0x0011] = field("TCP destination port", "tcp_dst", 2, number),
    [0x0020] = field("IPv6 source", "ipv6_src", 16, address6),
    [0x0021] = field("IPv6 destination", "ipv6_dst", 16, address6),
    [0x0022] = field("IP protocol", "ip_proto", 1, number),
    [0x0023] = field("VLAN identifier", "vlan_vid", 2, number),
    [0x0024] = field("ICMP type", "icmp_type", 1, number),
    [0x0025] = field("ICMP code", "icmp_code", 1, number),
    [0x0026] = field("SCTP source port", "sctp_src", 2, number),
    [0x0027] = field("SCTP destination port", "sctp_dst", 2, number),
    [0x0030] = {
        label = "Sequence", size = 4,
        show = function(tree, value, said)
            tree:add(f.sequence, value)
            table.insert(said.sequences, number(value))
        end,
    },
    [0x0031] = field("Count", "count", 4, number),
    [0x0032] = {
        label = "Part", size = 4,
        show = function(tree, value, said)
            tree:add(f.part_index, value(0, 2))
            tree:add(f.part_count, value(2, 2))
            said.part = { index = value(0, 2):uint(), count = value(2, 2):uint() }
            if said.part.index >= said.part.count then tree:add_proto_expert_info(e.value, "No part has this number") end
        end,
    },
    [0x0033] = text("Peer's address", "peer_address"),
    [0x0034] = text("Reason", "reason"),
    [0x0035] = {
        label = "Buffer usage", size = 16,
        show = function(tree, value, said)
            tree:add(f.usage_packets, value(0, 4))
            tree:add(f.usage_bytes, value(4, 8))
            tree:add(f.usage_peak, value(12, 4))
            said.buffered = value(0, 4):uint()
        end,
    },
    [0x0036] = field("Stragglers go to", "straight_to", 6, mac),
    -- No bytes stand for the match that covers every flow.
    [0x0037] = {
        label = "Match",
        show = function(tree, value, said)
            if value:len() > 0 then tree:add(f.match, value) else tree:append_text(": every flow") end
            said.match = true
        end,
    },
    [0x0038] = {
        label = "Owner",
        show = function(tree, value, said)
            if value:len() == 0 then
                tree:add_proto_expert_info(e.value, "Nobody's flows")
                return
            end
            tree:add(f.owned, value(0, 1))
            if value:len() > 1 then tree:add(f.owner_match, value(1)) end
            said.owners = said.owners + 1
        end,
    },
    [0x0039] = field("Owns the rest", "owns_rest", 1, number),
    [0x003a] = field("Verdict", "verdict", 1, number),
    [0x003b] = field("Joins handover", "joined", 2, number),
    [0x003c] = field("Held under", "held_under", 2, number),
    [0x003d] = field("TRANSFER_ACK waits", "awaits_state", 1, number),
    [0x003e] = {
        label = "Capabilities", size = 4,
        show = function(tree, value, said)
            tree:add(f.capabilities, value)
            tree:add(f.can_direct, value)
            said.capabilities = number(value)
        end,
    },
    [0x003f] = field("Uptime", "uptime", 4, number),
    [0x0040] = field("Counter", "counter", 8),
    [0x0041] = field("Authentication tag", "tag", 16),
    [0x0042] = field("Said before", "repeated", 1, number),
    [0x0043] = field("Process", "process", 8),
    -- No bytes stand for a frame that is lost.
    [0x0100] = {
        label = "Wrapped frame",
        show = function(tree, value, said)
            if value:len() > 0 then tree:add(f.frame, value) else tree:append_text(": it is lost") end
            said.frame = { range = value, tree = tree }
        end,
    },
}

local function label(kind) return tlvs[kind] and tlvs[kind].label or "Unknown TLV" end

-- The flow that the frame names, as the programs print it.
local function flow(said)
    local protocol, from, to = "", said.ipv4_src or said.ipv6_src, said.ipv4_dst or said.ipv6_dst
    for _, name in ipairs({ "tcp", "udp", "sctp" }) do
        if said[name .. "_src"] and said[name .. "_dst"] and from and to then
            protocol, from, to = name, from .. ":" .. said[name .. "_src"], to .. ":" .. said[name .. "_dst"]
        end
    end
    if from and to then
        if said.icmp_type and said.icmp_code then
            protocol = string.format("icmp %d/%d", said.icmp_type, said.icmp_code)
        elseif protocol == "" and said.ip_proto then
            protocol = string.format("ip %d", said.ip_proto)
        end
    elseif said.eth_src and said.eth_dst and said.eth_type then
        protocol, from, to = string.format("0x%x", said.eth_type), said.eth_src, said.eth_dst
    else
        return nil
    end
    local tag = said.vlan_vid and string.format("vlan %d ", said.vlan_vid) or ""
    return tag .. protocol .. " " .. from .. " > " .. to
end

local function info(command, handover, said)
    local parts = { commands[command] or string.format("command 0x%04x", command), string.format("handover %d", handover) }
    local function add(format, ...) table.insert(parts, string.format(format, ...)) end
    if said.vnf_from and said.vnf_to then
        add("vnf %d > %d", said.vnf_from, said.vnf_to)
    elseif said.vnf_from or said.vnf_to then
        add("vnf %d", said.vnf_from or said.vnf_to)
    end
    local described = flow(said)
    if described then table.insert(parts, described) end
    if said.match then table.insert(parts, "a match") end
    if said.owners > 0 then add("owners %d", said.owners) end
    if said.verdict then table.insert(parts, verdicts[said.verdict] or "?") end
    if said.joined then add("%d", said.joined) end
    if #said.sequences > 0 then add("seq %s", table.concat(said.sequences, ",", 1, math.min(#said.sequences, 8))) end
    if #said.sequences > 8 then add("and %d more", #said.sequences - 8) end
    if said.part then add("part %d/%d", said.part.index + 1, said.part.count) end
    if said.count then add("count %d", said.count) end
    if said.buffered then add("buffered %d", said.buffered) end
    if said.frame and said.frame.range:len() == 0 then table.insert(parts, "lost") end
    if said.peer_address then table.insert(parts, "peer " .. said.peer_address) end
    if said.straight_to then table.insert(parts, "straight to " .. said.straight_to) end
    if said.held_under then table.insert(parts, "held under " .. said.held_under) end
    if said.capabilities then add("capabilities 0x%x", said.capabilities) end
    if said.repeated and said.repeated ~= 0 then table.insert(parts, "again") end
    if said.uptime then add("up %d µs", said.uptime) end
    if said.reason and said.reason ~= "" then table.insert(parts, "(" .. said.reason .. ")") end
    return table.concat(parts, " ")
end

-- Reads the TLV at `offset` and returns where the next begins; nil where this one goes on behind `limit`.
local function dissect_tlv(tvb, offset, limit, tree, command, seen, said)
    if offset + TLV_HEADER > limit then
        tree:add_proto_expert_info(e.cut, "The TLVs end within a TLV's header")
        return nil
    end
    local kind, length = tvb(offset, 2):uint(), tvb(offset + 2, 2):uint()
    local available = math.min(length, limit - offset - TLV_HEADER)
    local branch = tree:add(f.tlv, tvb(offset, TLV_HEADER + available))
    branch:set_text(string.format("%s (0x%04x), %d bytes", label(kind), kind, length))
    branch:add(f.tlv_type, tvb(offset, 2))
    branch:add(f.tlv_length, tvb(offset + 2, 2))
    local value = tvb(offset + TLV_HEADER, available)
    local known = tlvs[kind]
    if available < length then
        branch:add(f.tlv_value, value)
        branch:add_proto_expert_info(e.cut, "The TLV goes on behind the end of the TLVs")
        return nil
    end
    if not known then
        branch:add(f.tlv_value, value)
        branch:add_proto_expert_info(e.tlv)
    elseif known.size and known.size ~= length then
        branch:add(f.tlv_value, value)
        branch:add_proto_expert_info(e.size, string.format("TLV of %d bytes where its type has %d", length, known.size))
    else
        known.show(branch, value, said)
        if seen[kind] and repeated[command] ~= kind then branch:add_proto_expert_info(e.duplicate) end
    end
    seen[kind] = true
    return offset + TLV_HEADER + length
end

local depth = 0
local ethernet = Dissector.get("eth_withoutfcs")

-- Lets Ethernet's dissector read a whole wrapped frame; one that it cannot read must not end the dissection of the frame around it.
local function dissect_wrapped(frame, pinfo)
    if depth >= DEEPEST then
        frame.tree:add_proto_expert_info(e.frame, "Wrapped frames within wrapped frames")
        return
    end
    depth = depth + 1
    local succeeded = pcall(ethernet.call, ethernet, frame.range:tvb(), pinfo, frame.tree)
    depth = depth - 1
    if not succeeded then frame.tree:add_proto_expert_info(e.frame) end
end

function sharp.dissector(tvb, pinfo, tree)
    pinfo.cols.protocol = "SHarP"
    local available = tvb:captured_len()
    local root = tree:add(sharp, tvb())
    if available < HEADER then
        pinfo.cols.info = "cut control frame"
        root:add_proto_expert_info(e.cut, "The frame ends within the header")
        return available
    end
    local command, handover, length = tvb(0, 2):uint(), tvb(2, 2):uint(), tvb(4, 4):uint()
    local command_item = root:add(f.command, tvb(0, 2))
    root:add(f.handover, tvb(2, 2))
    local length_item = root:add(f.length, tvb(4, 4))
    if not commands[command] then command_item:add_proto_expert_info(e.command) end
    local limit = math.min(HEADER + length, available)
    if HEADER + length > available then length_item:add_proto_expert_info(e.cut, "The TLVs go on behind the end of the frame") end

    local seen, said = {}, { sequences = {}, owners = 0 }
    local offset = HEADER
    while offset and offset < limit do offset = dissect_tlv(tvb, offset, limit, root, command, seen, said) end
    for _, kind in ipairs(needs[command] or {}) do
        if not seen[kind] then root:add_proto_expert_info(e.missing, label(kind) .. " is missing") end
    end
    if limit < available then root:add(f.padding, tvb(limit, available - limit)) end

    local line = info(command, handover, said)
    root:append_text(", " .. line)
    -- SEEN shows the beginning of a frame only.
    if said.frame and not said.part and command ~= SEEN and said.frame.range:len() > 0 then dissect_wrapped(said.frame, pinfo) end
    -- Set last: the dissector of the wrapped frame writes the columns too.
    pinfo.cols.protocol = "SHarP"
    pinfo.cols.info = line
    return available
end

DissectorTable.get("ethertype"):add(ETHERTYPE, sharp)
