/* tiny: A toy.
   network: bag of 2 (any order; blocks when full)
   sequence numbers: 3 bits

   Written by `synproof export --to promela`. A d_step is a transition; one that a bound of the world forbids leads back
   to where it came from and, in a pan compiled with -DPRINTF, prints a line.
   Depth first:    spin -a FILE && cc -O3 -fwrapv -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -E
   Breadth first:  spin -a -DSHOWALL FILE && cc -O3 -fwrapv -DBFS -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -E */

#define STATE_IDLE 0
#define STATE_BUSY 1
#define STATE_DONE 2
#define CAPACITY 1
#define INCARNATIONS 2
#define END_OF_CHAIN 255
#define MASK 7
#define HALF 4
#define ADD(a, b)  (((a) + (b)) & MASK)
#define DIFF(a, b) (((a) - (b)) & MASK)
#define LT(a, b)   (DIFF(b, a) != 0 && DIFF(b, a) <= HALF)  /* a < b on sequence numbers, RFC 9293 §3.4 */
#define LEQ(a, b)  (DIFF(b, a) <= HALF)
#define LESS(a, b) ((a) < (b))  /* a < b on natural numbers */
#define MIN(a, b)  (LESS(a, b) -> (a) : (b))

/* TCP Peer A is 0, TCP Peer B is 1 */
byte STATE[2] = {STATE_IDLE, STATE_IDLE};  /* What it does. */
byte NUMBER[2] = {0, 2};  /* The number that comes next. */
byte TRIES[2] = {0, 0};  /* How often it tried. */
bool ASKED[2] = {false, false};  /* It was asked. */
int NET0[2];  /* in falling order, empty slots last */

/* between transitions all of this is 0; -DSHOWALL keeps it in the state, which breadth-first search insists on */
#ifdef SHOWALL
#define SCRATCH
#else
#define SCRATCH hidden
#endif
SCRATCH byte me, at, chose, refused, cut, to, sent, n, slot, last;
SCRATCH byte SEG_NUMBER;
SCRATCH byte SEG_SIZE;
SCRATCH byte SEG_LAST_bit;
SCRATCH byte was_STATE;
SCRATCH byte was_NUMBER;
SCRATCH byte was_TRIES;
SCRATCH byte was_ASKED;
SCRATCH byte old_NUMBER;
SCRATCH byte old_TRIES;
SCRATCH int was_NET0[2], out0[1], one0;

/* the network */
#define SEGMENT(to, NUMBER, SIZE, LAST_bit) ((to) << 7 | (NUMBER) << 4 | (SIZE) << 1 | (LAST_bit))
#define EMIT_(c0) out0[sent] = c0; sent++
#define EMIT(segment) EMIT_(segment)
inline put() {
  one0 = out0[n];
  slot = 0;
  do
  :: slot < 2 && ((NET0[slot] > one0)) -> slot++
  :: else -> break
  od;
  last = NET0[1] != 0;  /* full */
  if
  :: else ->
       if
       :: last == 1 -> cut = CAPACITY
       :: else ->
            last = 1;
            do
            :: last > slot -> NET0[last] = NET0[last - 1]; last--
            :: else -> break
            od;
            NET0[slot] = one0
       fi
  fi
}
inline remove(k) {
  slot = k; last = 1;
  do
  :: slot < last -> NET0[slot] = NET0[slot + 1]; slot++
  :: else -> break
  od;
  NET0[slot] = 0
}

#define the_number_expected(e) LEQ(NUMBER[e], SEG_NUMBER)

inline forget_IDLE() {
  ASKED[me] = false
}

/* G-1: It begins.
   the test, 1 */
#define WHEN_G_1(e) ((STATE[e] == STATE_IDLE) && LESS(TRIES[e], 2))
inline G_1() {
  old_NUMBER = NUMBER[me];
  old_TRIES = TRIES[me];
  NUMBER[me] = ADD(old_NUMBER, 1);
  TRIES[me] = ADD(old_TRIES, 1);
  STATE[me] = STATE_BUSY;
  EMIT(SEGMENT(2 - me, old_NUMBER, old_TRIES, true))
}

/* A-1: What is expected is counted.
   the test, 2 */
#define WHEN_A_1(e) ((STATE[e] >= STATE_BUSY) && the_number_expected(e))
inline A_1() {
  NUMBER[me] = SEG_NUMBER;
  ASKED[me] = SEG_LAST_bit
}

/* A-2: The last one ends it.
   the test, 3 */
#define WHEN_A_2(e) ((STATE[e] <= STATE_DONE) && SEG_LAST_bit)
inline A_2() {
  STATE[me] = STATE_IDLE;
  EMIT(SEGMENT(2 - me, NUMBER[me], MIN(SEG_SIZE, TRIES[me]), !(true)));
  forget_IDLE()
}

/* GO (the test) */
#define FIRES_GO(e) (WHEN_G_1(e))
inline EVENT_GO() {
  if
  :: WHEN_G_1(me) -> G_1()
  :: else
  fi
}

/* MESSAGE ARRIVES (the test) */
#define FIRES_MESSAGE_ARRIVES(e) (WHEN_A_1(e) || WHEN_A_2(e))
inline EVENT_MESSAGE_ARRIVES() {
  /* first: first */
  if :: at > 0 :: else -> if
  :: WHEN_A_1(me) -> A_1(); at = 1
  :: else
  fi fi;
  /* second: second */
  if :: at > 1 :: else -> if
  :: WHEN_A_2(me) -> A_2(); at = END_OF_CHAIN
  :: else
  fi fi
}

/* an event begins at end e: everything is kept as it was */
inline begin(e) {
  me = e;
  was_STATE = STATE[me];
  was_NUMBER = NUMBER[me];
  was_TRIES = TRIES[me];
  was_ASKED = ASKED[me];
  was_NET0[0] = NET0[0];
  was_NET0[1] = NET0[1]
}

/* what the world says to an event: it chose an ISS too many, or its segments do not fit: taken back */
inline finish() {
  do
  :: n < sent && cut == 0 -> put(); n++
  :: else -> break
  od;
  if
  :: cut == 0 -> skip
  :: else ->
       STATE[me] = was_STATE;
       NUMBER[me] = was_NUMBER;
       TRIES[me] = was_TRIES;
       ASKED[me] = was_ASKED;
       NET0[0] = was_NET0[0];
       NET0[1] = was_NET0[1]
       ;
       if
       :: cut == CAPACITY -> printf("cut off: network capacity\n")
       :: else -> printf("cut off: incarnations\n")
       fi
  fi
}

inline clear() {
  me = 0;
  at = 0;
  chose = 0;
  refused = 0;
  cut = 0;
  to = 0;
  sent = 0;
  n = 0;
  slot = 0;
  last = 0
#ifdef SHOWALL
  ;
  SEG_NUMBER = 0;
  SEG_SIZE = 0;
  SEG_LAST_bit = 0;
  was_STATE = 0;
  was_NUMBER = 0;
  was_TRIES = 0;
  was_ASKED = 0;
  old_NUMBER = 0;
  old_TRIES = 0;
  was_NET0[0] = 0;
  was_NET0[1] = 0;
  out0[0] = 0;
  one0 = 0
#endif
}

/* the segment in slot k is at hand */
inline take(k) {
  SEG_NUMBER = ((NET0[k] >> 4) & 7);
  SEG_SIZE = ((NET0[k] >> 1) & 7);
  SEG_LAST_bit = (NET0[k] & 1);
  to = ((NET0[k] >> 7) & 3) - 1
}

active proctype synproof() {
end:
  do
  /* A: GO */
  :: d_step { FIRES_GO(0) -> begin(0); EVENT_GO(); finish(); clear() }
  /* B: GO */
  :: d_step { FIRES_GO(1) -> begin(1); EVENT_GO(); finish(); clear() }
  /* a segment arrives, arrives and stays (a duplicate), is lost */
  :: d_step { NET0[0] != 0 -> take(0); begin(to); remove(0); EVENT_MESSAGE_ARRIVES(); finish(); clear() }
  :: d_step { NET0[0] != 0 -> take(0); begin(to); EVENT_MESSAGE_ARRIVES(); finish(); clear() }
  :: d_step { NET0[0] != 0 -> remove(0); clear() }
  :: d_step { NET0[1] != 0 && (NET0[1] != NET0[0]) -> take(1); begin(to); remove(1); EVENT_MESSAGE_ARRIVES(); finish(); clear() }
  :: d_step { NET0[1] != 0 && (NET0[1] != NET0[0]) -> take(1); begin(to); EVENT_MESSAGE_ARRIVES(); finish(); clear() }
  :: d_step { NET0[1] != 0 && (NET0[1] != NET0[0]) -> remove(1); clear() }
  od
}
