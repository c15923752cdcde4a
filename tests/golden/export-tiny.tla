------------------------------ MODULE tiny ------------------------------
\* tiny: A toy.
\* network: bag of 2 (any order; blocks when full)
\* sequence numbers: 3 bits
\*
\* Written by `synproof export --to tla`. TLC: deadlocks are no errors here, so
\*   java -jar tla2tools.jar -deadlock -config tiny.cfg tiny.tla
\* with tiny.cfg:
\*   INIT Init
\*   NEXT Next
EXTENDS Integers, Sequences, FiniteSets, Bags

\* TCP Peer A is 0, TCP Peer B is 1
Ends == {0, 1}
VARIABLES
  tcb,    \* what each end remembers
  \*   STATE: What it does.
  \*   NUMBER: The number that comes next.
  \*   TRIES: How often it tried.
  \*   ASKED: It was asked.
  used,   \* how often things have happened
  \*   NOTHING: nothing is counted here
  net     \* what is in flight
vars == <<tcb, used, net>>

Modulus == 8
Add(a, b) == (a + b) % Modulus
Sub(a, b) == (a - b + Modulus) % Modulus
\* a < b and a =< b on sequence numbers, RFC 9293 section 3.4
Leq(a, b) == Sub(b, a) <= Modulus \div 2
Lt(a, b) == a # b /\ Leq(a, b)
Min(a, b) == IF a < b THEN a ELSE b
Count(condition) == IF condition THEN 1 ELSE 0
Run(x, y, n) == {<<x, y + i>> : i \in 0 .. n - 1}

\* the network: bag of 2 (any order; blocks when full)
Nothing == EmptyBag
InFlight == BagToSet(net)
Without(n, m) == n (-) SetToBag({m})
Full(n, m) == BagCardinality(n) >= 2
With(n, m) == n (+) SetToBag({m})
Heads == InFlight
RECURSIVE Sent(_, _)
Sent(n, ms) == IF ms = << >> THEN n
  ELSE Sent(With(n, Head(ms)), Tail(ms))
RECURSIVE Fits(_, _)
Fits(n, ms) == IF ms = << >> THEN TRUE
  ELSE ~Full(n, Head(ms)) /\ Fits(With(n, Head(ms)), Tail(ms))

the_number_expected(t, seg) == Leq(t.NUMBER, seg.NUMBER)

Forget_IDLE(e, t) == [t EXCEPT !.ASKED = FALSE]

\* G-1: It begins.
\* the test, 1
When_G_1(e, t, seg, call) ==
  /\ (t.STATE \in {"IDLE"})
  /\ (t.TRIES < 2)
G_1(e, o, seg, call) ==
  LET t == o.tcb
      u == [t EXCEPT !.NUMBER = Add(t.NUMBER, 1), !.TRIES = Add(t.TRIES, 1), !.STATE = "BUSY"]
  IN [o EXCEPT !.tcb = u, !.sent = @ \o <<[to |-> 1 - e, NUMBER |-> t.NUMBER, SIZE |-> t.TRIES, LAST_bit |-> TRUE]>>, !.chain = Append(@, "G-1")]

\* A-1: What is expected is counted.
\* the test, 2
When_A_1(e, t, seg, call) ==
  /\ (t.STATE \in {"BUSY", "DONE"})
  /\ the_number_expected(t, seg)
A_1(e, o, seg, call) ==
  LET t == o.tcb
      u == [t EXCEPT !.NUMBER = seg.NUMBER, !.ASKED = seg.LAST_bit]
  IN [o EXCEPT !.tcb = u, !.chain = Append(@, "A-1")]

\* A-2: The last one ends it.
\* the test, 3
When_A_2(e, t, seg, call) ==
  /\ (t.STATE \in {"IDLE", "BUSY", "DONE"})
  /\ seg.LAST_bit
A_2(e, o, seg, call) ==
  LET t == o.tcb
      u == [t EXCEPT !.STATE = "IDLE"]
  IN [o EXCEPT !.tcb = Forget_IDLE(e, u), !.sent = @ \o <<[to |-> 1 - e, NUMBER |-> u.NUMBER, SIZE |-> Min(seg.SIZE, u.TRIES), LAST_bit |-> ~(TRUE)]>>, !.chain = Append(@, "A-2")]

\* GO: at most one rule a step
\* GO: GO
Step_GO_0(e, o, seg, call) ==
  CASE When_G_1(e, o.tcb, seg, call) -> G_1(e, o, seg, call)
    [] OTHER -> o
Event_GO(e, t, seg, call) ==
  Step_GO_0(e, [tcb |-> t, sent |-> << >>, chain |-> << >>, chose |-> FALSE, refused |-> FALSE], seg, call)

\* MESSAGE ARRIVES: at most one rule a step
\* second: second
Step_MESSAGE_ARRIVES_1(e, o, seg, call) ==
  CASE When_A_2(e, o.tcb, seg, call) -> A_2(e, o, seg, call)
    [] OTHER -> o
\* first: first
Step_MESSAGE_ARRIVES_0(e, o, seg, call) ==
  CASE When_A_1(e, o.tcb, seg, call) -> Step_MESSAGE_ARRIVES_1(e, A_1(e, o, seg, call), seg, call)
    [] OTHER -> Step_MESSAGE_ARRIVES_1(e, o, seg, call)
Event_MESSAGE_ARRIVES(e, t, seg, call) ==
  Step_MESSAGE_ARRIVES_0(e, [tcb |-> t, sent |-> << >>, chain |-> << >>, chose |-> FALSE, refused |-> FALSE], seg, call)

Range(sequence) == {sequence[i] : i \in DOMAIN sequence}

\* what comes of an event at end e, counted in `counted`, its segments sent into n;
\* a persistent listener listens again
Takes(e, event, o, seg, call, n, counted) ==
  LET chose == o.chose
      now == counted
      sent == o.sent
      end == o.tcb
  IN
  /\ Fits(n, sent)
  /\ tcb' = [tcb EXCEPT ![e] = end]
  /\ used' = now
  /\ net' = Sent(n, sent)

\* A: GO
A_1_GO ==
  /\ LET e == 0
         call == << >>
         o == Event_GO(e, tcb[e], << >>, call)
     IN /\ o.chain # << >>
        /\ Takes(e, "GO", o, << >>, call, net, used)

\* B: GO
B_2_GO ==
  /\ LET e == 1
         call == << >>
         o == Event_GO(e, tcb[e], << >>, call)
     IN /\ o.chain # << >>
        /\ Takes(e, "GO", o, << >>, call, net, used)

\* segment m arrives; the network becomes n, and what is counted `counted`
Arrives(m, n, counted) ==
  LET call == << >>
      o == Event_MESSAGE_ARRIVES(m.to, tcb[m.to], m, call)
  IN Takes(m.to, "MESSAGE ARRIVES", o, m, call, n, counted)
Deliver(m) == Arrives(m, Without(net, m), used)
Repeat(m) == Arrives(m, net, used)
Lose(m) == net' = Without(net, m) /\ used' = used /\ UNCHANGED <<tcb>>

Init ==
  /\ tcb = [e \in Ends |-> IF e = 0 THEN [STATE |-> "IDLE", NUMBER |-> 0, TRIES |-> 0, ASKED |-> FALSE]
                           ELSE [STATE |-> "IDLE", NUMBER |-> 2, TRIES |-> 0, ASKED |-> FALSE]]
  /\ used = [NOTHING |-> 0]
  /\ net = Nothing

Next ==
  \/ A_1_GO
  \/ B_2_GO
  \/ \E m \in Heads : Deliver(m) \/ Repeat(m) \/ Lose(m)
=============================================================================
