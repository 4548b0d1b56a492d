/*
 * The rules of rotation once more, written anew from the design and not from the code, for the model checker Spin.
 * It must come to the verdicts of the explorer: see SPIN.md, and spin.ts for how it is run.
 *
 * A credential is known by its relation to the row: the current one, the one before, or void for ever. So the model
 * is finite although generations are not: a rotation renames whatever anybody holds.
 *
 *   -DTHIEF       a thief copies one credential; else honest actors only
 *   -DFOREIGN     he comes from another network and browser, so that the generation after he is noticed is strict
 *   -DR=8         the cookie's R; W if it is not given, as for a refresh token
 *   -DP=6         rule 4 repeats for all of W; likewise A, Q and D
 *   -DSAME_CHILD  a mutant: rule 5 answers with the same child, and voids nothing
 *   -DLIMIT=1     switches before the session ends; 2 if it is not given
 *   -DENDLESS=true         no victim and thief who go on for ever side by side
 *   -DENDLESS='!is_close'  none of whom that is true and who are more than W apart, from some moment on
 */
#ifndef W
#define W 6
#endif
#ifndef R
#define R W
#endif
#ifndef P
#define P (W / 6)
#endif
#ifndef A
#define A (W / 6)
#endif
#ifndef Q
#define Q (W / 6)
#endif
#ifndef D
#define D (W / 2)
#endif
#ifndef LIMIT
#define LIMIT 2
#endif

/* Relations. */
#define NONE 0
#define CUR  1
#define PREV 2
#define VOID 3

#define NEVER 255
#define TABS 2

/* The row. */
byte age;                 /* up to R, then it stays */
bool confirmed;
bool strict_now;          /* this generation has no overlap */
bool strict_next;         /* the next one will have none */

/* The victim's browser. */
byte jar = CUR;
byte disk_age[4] = NEVER; /* by relation: how long ago the jar last held it */
byte request[TABS];       /* relation of what is on its way to the server, or NONE */
byte answer[TABS];
byte since[TABS];
byte adrift[TABS];        /* requests of a browser that has crashed */
byte adrift_since[TABS];

/* The thief. */
bool stolen;
bool loot_cur, loot_prev;
byte last_by;             /* 0 nobody, 1 the victim, 2 the thief */
byte gap;                 /* since then, up to W + 1 */
byte known_by;            /* whose network and browser the row knows */
bool has_renewed;         /* since theft, or since the two were last close together */
byte switches;            /* served ones, since the first renewal */

/* What the last step was. */
byte event;               /* 0 anything else, 1 the victim was served, 2 the thief was served, 3 time passed */
bool is_close;               /* it was a use within W of the other party's last one */

bool over;
byte verdict;             /* of decide(): 0 revoked, 1 served */
byte given;               /* of decide(): CUR if the answer carries the current credential, else NONE */
bool renewed;
byte i;
byte spare;
byte at;
byte party;

#define ROTATED(x) ((x) == CUR -> PREV : ((x) == PREV -> VOID : (x)))
#define BRANCHED(x) ((x) == CUR -> VOID : (x))
#define YOUNGER(x, y) ((x) < (y) -> (x) : (y))
#define OVERLAP (strict_now -> 0 : W)

/* A new generation: what was current is now the one before, what was before is void. */
inline rename_for_rotation() {
  jar = ROTATED(jar);
  for (i : 0 .. TABS - 1) {
    request[i] = ROTATED(request[i]);
    answer[i] = ROTATED(answer[i]);
    adrift[i] = ROTATED(adrift[i])
  }
  disk_age[VOID] = YOUNGER(disk_age[VOID], disk_age[PREV]);
  disk_age[PREV] = disk_age[CUR];
  disk_age[CUR] = NEVER;
  loot_prev = loot_cur;
  loot_cur = false;
  strict_now = strict_next;
  strict_next = false
}

/* Another child of the same parent: only what was current is void. */
inline rename_for_branch() {
  jar = BRANCHED(jar);
  for (i : 0 .. TABS - 1) {
    request[i] = BRANCHED(request[i]);
    answer[i] = BRANCHED(answer[i]);
    adrift[i] = BRANCHED(adrift[i])
  }
  disk_age[VOID] = YOUNGER(disk_age[VOID], disk_age[CUR]);
  disk_age[CUR] = NEVER;
  loot_cur = false
}

inline notice(who) {
#ifdef FOREIGN
  if
  :: known_by != 0 && known_by != who -> strict_next = true
  :: else
  fi
#else
  skip
#endif
}

inline know(who) {
#ifdef FOREIGN
  known_by = who
#else
  skip
#endif
}

/* Rules 1 to 6. What is presented has been taken from where it was before. */
inline decide(presented, who) {
  verdict = 1;
  given = NONE;
  renewed = false;
  if
  :: presented == CUR && age >= R ->                       /* 1 */
     rename_for_rotation();
     age = 0; confirmed = false; given = CUR; renewed = true;
     know(who)
  :: presented == CUR && age < R && age >= OVERLAP ->      /* 2 */
     confirmed = true;
     know(who)
  :: presented == CUR && age < R && age < OVERLAP ->       /* 3 */
     skip
  :: presented == PREV && age < OVERLAP ->                 /* 4 */
     if
     :: age < P -> given = CUR
     :: else
     fi;
     notice(who)
  :: presented == PREV && age >= OVERLAP && !confirmed && !strict_now && !strict_next -> /* 5 */
#ifndef SAME_CHILD
     rename_for_branch();
     age = 0; renewed = true;
#endif
     given = CUR;
     know(who)
  :: else -> verdict = 0                                   /* 6 */
  fi
}

/* I5: more than W apart, at most two served switches from the first renewal on, whatever happened before. */
inline account(who) {
  if
  :: stolen ->
     if
     :: last_by != 0 && last_by != who && gap <= W ->
        has_renewed = false; switches = 0; is_close = true
     :: last_by != 0 && last_by != who && gap > W && has_renewed ->
        switches++;
        assert(switches <= LIMIT)
     :: else
     fi;
     has_renewed = has_renewed || renewed;
     event = who;
     last_by = who;
     gap = 0
  :: else
  fi
}

/* I1: among honest actors a session never ends. */
inline served_or_over(who) {
  if
  :: verdict == 1 -> account(who)
#ifdef THIEF
  :: else -> over = true
#else
  :: else -> assert(false)
#endif
  fi
}

/* The server decides on what `spare` is, from `party`; `at` is the tab that waits for the answer, or TABS. */
inline serve() {
  decide(spare, party);
  if
  :: at < TABS -> answer[at] = given; since[at] = 0
  :: at >= TABS && party == 2 && verdict == 1 && given == CUR -> loot_cur = true
  :: else
  fi;
  served_or_over(party)
}

inline receive(tab) {
  if
  :: jar != answer[tab] -> disk_age[jar] = 0; disk_age[answer[tab]] = NEVER
  :: else
  fi;
  jar = answer[tab];
  answer[tab] = NONE;
  since[tab] = 0
}

/* The browser comes back with an older jar; what it had sent may still arrive, answers to it are lost. */
inline restart(relation) {
  jar = relation;
  for (i : 1 .. 3) { disk_age[i] = NEVER };
  for (i : 0 .. TABS - 1) {
    if
    :: request[i] != NONE ->
       spare = (adrift[0] == NONE -> 0 : 1);
       adrift[spare] = request[i];
       adrift_since[spare] = since[i]
    :: else
    fi;
    request[i] = NONE;
    answer[i] = NONE;
    since[i] = 0
  }
}

#define IS_LATE(t) ((request[t] != NONE && since[t] >= Q) || (answer[t] != NONE && since[t] >= A) || (adrift[t] != NONE && adrift_since[t] >= Q))

inline tick() {
  age = (age < R -> age + 1 : R);
  gap = (gap <= W && last_by != 0 -> gap + 1 : gap);
  for (i : 0 .. TABS - 1) {
    since[i] = (request[i] != NONE || answer[i] != NONE -> since[i] + 1 : 0);
    adrift_since[i] = (adrift[i] != NONE -> adrift_since[i] + 1 : 0)
  }
  for (i : 1 .. 3) {
    disk_age[i] = (disk_age[i] >= D -> NEVER : disk_age[i] + 1)
  }
}

#define IDLE(t) (request[t] == NONE && answer[t] == NONE)
#define IS_HELD(r) (jar == r || disk_age[r] != NEVER || request[0] == r || answer[0] == r || request[1] == r || answer[1] == r)
#define CAN_RESTART(r) (disk_age[r] != NEVER && jar != r)
#define HAS_REQUEST (request[0] != NONE || request[1] != NONE || adrift[0] != NONE || adrift[1] != NONE)

/* Every step begins by forgetting what the last one was, and ends by clearing its helpers: they make no states. */
#define STEP(guard) :: atomic { !over && (guard) -> event = 0; is_close = false
#define DONE i = 0; spare = 0; at = 0; party = 0; verdict = 0; given = NONE; renewed = false }

#define TAKE(from, tab, who) from != NONE -> spare = from; from = NONE; at = tab; party = who

init {
  age = 0;
end:
  do
  STEP(IDLE(0)); request[0] = jar; DONE
  STEP(IDLE(1)); request[1] = jar; DONE
  STEP(answer[0] != NONE); receive(0); DONE
  STEP(answer[1] != NONE); receive(1); DONE
  STEP(!stolen && !IDLE(0)); request[0] = NONE; answer[0] = NONE; since[0] = 0; DONE
  STEP(!stolen && !IDLE(1)); request[1] = NONE; answer[1] = NONE; since[1] = 0; DONE
  STEP(HAS_REQUEST || (stolen && (loot_cur || loot_prev)));
     if
     :: TAKE(request[0], 0, 1)
     :: TAKE(request[1], 1, 1)
     :: TAKE(adrift[0], TABS, 1); adrift_since[0] = 0
     :: TAKE(adrift[1], TABS, 1); adrift_since[1] = 0
     /* The thief needs no network: he acts when he likes, and keeps what he is given. */
     :: stolen && loot_cur -> spare = CUR; at = TABS; party = 2
     :: stolen && loot_prev -> spare = PREV; at = TABS; party = 2
     fi;
     d_step { serve() };
     DONE
  STEP(!stolen && adrift[0] == NONE && adrift[1] == NONE && (CAN_RESTART(CUR) || CAN_RESTART(PREV) || CAN_RESTART(VOID)));
     if
     :: CAN_RESTART(CUR) -> party = CUR
     :: CAN_RESTART(PREV) -> party = PREV
     :: CAN_RESTART(VOID) -> party = VOID
     fi;
     d_step { restart(party) };
     DONE
  STEP(!IS_LATE(0) && !IS_LATE(1)); tick(); event = 3; DONE
#ifdef THIEF
  STEP(!stolen && IS_HELD(CUR)); stolen = true; loot_cur = true; DONE
  STEP(!stolen && IS_HELD(PREV)); stolen = true; loot_prev = true; DONE
#endif
  od
}

/* Whatever this accepts must not be: both are served again and again while time passes, from some moment on so. */
#ifdef ENDLESS
never {
  do
  :: true
  :: ENDLESS -> goto victim
  od;
victim:
  do
  :: ENDLESS && event == 1 -> goto thief
  :: ENDLESS && event != 1
  od;
thief:
  do
  :: ENDLESS && event == 2 -> goto time
  :: ENDLESS && event != 2
  od;
time:
  do
  :: ENDLESS && event == 3 -> goto accept_round
  :: ENDLESS && event != 3
  od;
accept_round:
  if
  :: ENDLESS -> goto victim
  fi
}
#endif
