-- tiny: A toy.
-- network: bag of 2 (any order; blocks when full)
-- sequence numbers: 3 bits
--
-- Written by `synproof export --to murphi`. Runs may end: deadlocks are no errors here.
--   rumur --threads 1 --symmetry-reduction off --deadlock-detection off -o v.c FILE
--   cc -O3 -march=native -o v v.c -lpthread && ./v

const
  MODULUS: 8;
  HALF: 4;
  END_OF_CHAIN: 255;
  STATE_IDLE: 0;
  STATE_BUSY: 1;
  STATE_DONE: 2;
  EVENT_GO: 0;
  EVENT_MESSAGE_ARRIVES: 1;
  EVENT_CRASH: 2;

type
  Peer: 0 .. 1;  -- TCP Peer A is 0, TCP Peer B is 1
  Number: 0 .. 7;
  Event: 0 .. 2;
  Slot: 0 .. 1;
  Index: 0 .. 2;
  Packed: record w0: 0 .. 511; end;
  Network: array [Slot] of Packed;  -- in falling order, empty slots last; w0 is 0 in an empty one
  Tcb: record
    STATE: 0 .. 2;  -- What it does.
    NUMBER: Number;  -- The number that comes next.
    TRIES: Number;  -- How often it tried.
    ASKED: boolean;  -- It was asked.
  end;
  Sent: 0 .. 0;
  Segment: record
    dest: Peer;
    NUMBER: Number;
    SIZE: Number;
    LAST_bit: boolean;
  end;
  Call: record
    nothing: boolean;
  end;
  Outcome: record tcb: Tcb; sent: array [0 .. 0] of Segment; number: 0 .. 1; at: 0 .. 255; fires: boolean; chose: boolean; refused: boolean; end;
  World: record
    tcb: array [Peer] of Tcb;
    net: Network;
  end;

var now: World;

procedure Pack(m: Segment; var one: Packed); begin
  one.w0 := (m.dest + 1) * 128 + (m.NUMBER) * 16 + (m.SIZE) * 2 + ((m.LAST_bit ? 1 : 0));
end;
procedure Load(one: Packed; var m: Segment); begin
  m.dest := (one.w0 / 128) % 4 - 1;
  m.NUMBER := (one.w0 / 16) % 8;
  m.SIZE := (one.w0 / 2) % 8;
  m.LAST_bit := (one.w0) % 2 = 1;
end;
function Same(a: Packed; b: Packed): boolean; begin return a.w0 = b.w0; end;
function Above(a: Packed; b: Packed): boolean; begin return (a.w0 > b.w0); end;
function There(net: Network; slot: Slot): boolean; begin
  return net[slot].w0 != 0 & (slot = 0 | !Same(net[slot], net[slot - 1]));
end;
function InFlight(net: Network; m: Segment): boolean;
var other: Segment; found: boolean;
begin
  found := false;
  for slot: Slot do
    if net[slot].w0 != 0 then
      clear other; Load(net[slot], other);
      if other.dest = m.dest & other.NUMBER = m.NUMBER & other.SIZE = m.SIZE & other.LAST_bit = m.LAST_bit then found := true; end;
    end;
  end;
  return found;
end;
procedure Insert(var net: Network; m: Segment; var ok: boolean);
var one: Packed; slot: Index; last: Index;
begin
  Pack(m, one);
  slot := 0;
  while slot < 2 & Above(net[slot], one) do slot := slot + 1; end;
  if net[1].w0 != 0 then ok := false;
  else
    last := 1;
    while last > slot do net[last] := net[last - 1]; last := last - 1; end;
    net[slot] := one;
  end;
end;
procedure Remove(var net: Network; k: Slot);
var slot: Index; last: Index;
begin
  slot := k; last := 1;
  while slot < last do net[slot] := net[slot + 1]; slot := slot + 1; end;
  net[last].w0 := 0;
end;

function the_number_expected(t: Tcb; seg: Segment): boolean; begin return (((seg.NUMBER + (MODULUS - t.NUMBER)) % MODULUS) <= HALF); end;

procedure Forget_IDLE(e: Peer; var t: Tcb); begin
  t.ASKED := false;
end;

-- G-1: It begins.
-- the test, 1
function When_G_1(e: Peer; t: Tcb; seg: Segment; call: Call): boolean; begin
  return (t.STATE = STATE_IDLE) & (t.TRIES < 2);
end;
procedure G_1(e: Peer; var o: Outcome; seg: Segment; call: Call);
var t: Tcb;
begin
  t := o.tcb;
  o.tcb.NUMBER := ((t.NUMBER + 1) % MODULUS);
  o.tcb.TRIES := ((t.TRIES + 1) % MODULUS);
  o.tcb.STATE := STATE_BUSY;
  o.sent[o.number].dest := 1 - e;
  o.sent[o.number].NUMBER := t.NUMBER;
  o.sent[o.number].SIZE := t.TRIES;
  o.sent[o.number].LAST_bit := true;
  o.number := o.number + 1;
  o.fires := true;
end;

-- A-1: What is expected is counted.
-- the test, 2
function When_A_1(e: Peer; t: Tcb; seg: Segment; call: Call): boolean; begin
  return (t.STATE >= STATE_BUSY) & the_number_expected(t, seg);
end;
procedure A_1(e: Peer; var o: Outcome; seg: Segment; call: Call);
var t: Tcb;
begin
  t := o.tcb;
  o.tcb.NUMBER := seg.NUMBER;
  o.tcb.ASKED := seg.LAST_bit;
  o.fires := true;
end;

-- A-2: The last one ends it.
-- the test, 3
function When_A_2(e: Peer; t: Tcb; seg: Segment; call: Call): boolean; begin
  return (t.STATE <= STATE_DONE) & seg.LAST_bit;
end;
procedure A_2(e: Peer; var o: Outcome; seg: Segment; call: Call);
var t: Tcb;
begin
  o.tcb.STATE := STATE_IDLE;
  o.sent[o.number].dest := 1 - e;
  o.sent[o.number].NUMBER := o.tcb.NUMBER;
  o.sent[o.number].SIZE := (seg.SIZE < o.tcb.TRIES ? seg.SIZE : o.tcb.TRIES);
  o.sent[o.number].LAST_bit := !(true);
  o.number := o.number + 1;
  Forget_IDLE(e, o.tcb);
  o.fires := true;
end;

-- GO: at most one rule a step
procedure Event_GO(e: Peer; var o: Outcome; seg: Segment; call: Call); begin
  -- GO: GO
  if o.at > 0 then
  elsif When_G_1(e, o.tcb, seg, call) then
    G_1(e, o, seg, call); o.at := END_OF_CHAIN;
  end;
end;

-- MESSAGE ARRIVES: at most one rule a step
procedure Event_MESSAGE_ARRIVES(e: Peer; var o: Outcome; seg: Segment; call: Call); begin
  -- first: first
  if o.at > 0 then
  elsif When_A_1(e, o.tcb, seg, call) then
    A_1(e, o, seg, call); o.at := 1;
  end;
  -- second: second
  if o.at > 1 then
  elsif When_A_2(e, o.tcb, seg, call) then
    A_2(e, o, seg, call); o.at := END_OF_CHAIN;
  end;
end;

-- what comes of an event happens in the world w; ok tells whether all segments fit
procedure Apply(e: Peer; event: Event; var w: World; var o: Outcome; seg: Segment; call: Call; var ok: boolean);
var i: 0 .. 1; 
begin
  w.tcb[e] := o.tcb;
  i := 0;
  while i < o.number do Insert(w.net, o.sent[i], ok); i := i + 1; end;
end;

procedure After(e: Peer; event: Event; var w: World; var o: Outcome; seg: Segment; call: Call; var ok: boolean);
begin
  Apply(e, event, w, o, seg, call, ok);
end;

startstate begin
  clear now;
  now.tcb[0].STATE := STATE_IDLE;
  now.tcb[0].NUMBER := 0;
  now.tcb[0].TRIES := 0;
  now.tcb[0].ASKED := false;
  now.tcb[1].STATE := STATE_IDLE;
  now.tcb[1].NUMBER := 2;
  now.tcb[1].TRIES := 0;
  now.tcb[1].ASKED := false;
end;

procedure Do_Act(choice: 0 .. 1; var w: World; var ok: boolean);
var e: Peer; event: Event; o: Outcome; seg: Segment; call: Call;
begin
  e := 0; event := 0; clear o; clear seg; clear call; ok := false;
  if choice = 0 then -- A: GO
    e := 0; event := EVENT_GO; o.tcb := w.tcb[0];
    Event_GO(0, o, seg, call);
    ok := o.fires;
  elsif choice = 1 then -- B: GO
    e := 1; event := EVENT_GO; o.tcb := w.tcb[1];
    Event_GO(1, o, seg, call);
    ok := o.fires;
  end;
  if ok then After(e, event, w, o, seg, call, ok); end;
end;
function Can_Act(choice: 0 .. 1): boolean;
var w: World; ok: boolean;
begin w := now; Do_Act(choice, w, ok); return ok; end;
ruleset choice: 0 .. 1 do
rule "an end acts"
  Can_Act(choice) ==>
  var ok: boolean;
  begin Do_Act(choice, now, ok);
end;
end;

procedure Do_Deliver(slot: Slot; stays: boolean; var w: World; var ok: boolean);
var e: Peer; o: Outcome; seg: Segment; call: Call;
begin
  ok := There(w.net, slot) & true;
  if ok then
    clear o; clear seg; clear call; Load(w.net[slot], seg); e := seg.dest; o.tcb := w.tcb[e];
    if stays then
    else Remove(w.net, slot);
    end;
    Event_MESSAGE_ARRIVES(e, o, seg, call);
    After(e, EVENT_MESSAGE_ARRIVES, w, o, seg, call, ok);
  end;
end;
function Can_Deliver(slot: Slot; stays: boolean): boolean;
var w: World; ok: boolean;
begin w := now; Do_Deliver(slot, stays, w, ok); return ok; end;
ruleset slot: Slot; stays: boolean do
rule "a segment arrives"
  Can_Deliver(slot, stays) ==>
  var ok: boolean;
  begin Do_Deliver(slot, stays, now, ok);
end;
end;

procedure Do_Lose(slot: Slot; var w: World; var ok: boolean); begin
  ok := There(w.net, slot);
  if ok then Remove(w.net, slot);  end;
end;
function Can_Lose(slot: Slot): boolean;
var w: World; ok: boolean;
begin w := now; Do_Lose(slot, w, ok); return ok; end;
ruleset slot: Slot do
rule "a segment is lost"
  Can_Lose(slot) ==>
  var ok: boolean;
  begin Do_Lose(slot, now, ok);
end;
end;
