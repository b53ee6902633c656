/*
 * A module of Redis (7.0 or later) for the bench: how long each command holds the server, by the clock and by processor time of the server's thread.
 * The clock also counts what the command has not done: another process on the core, or the machine's own pauses.
 *
 * A command's time runs from the filter that sees it until the next command's, until the server forks, or until it waits for its clients again. So it
 * includes reading the next command, and for the last of a turn the server's own chores: never less than the command took.
 *
 * TIMES.LOOK answers a line for each command and each script since the last look: name, calls, calls over 5 ms of processor time, the longest in
 * microseconds, calls over 5 ms by the clock, the longest in microseconds.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define LIMIT_US 5000
#define NAME 64
#define COMMANDS 128

enum { API_VERSION = 1, FLAG_IN_SCRIPT = 1, EVENT_LOOP = 15, EVENT_LOOP_SLEEPS = 0 };

typedef struct { uint64_t id, version; } event;
typedef struct { char name[NAME]; long calls, processor_over, processor_most, clock_over, clock_most; } command;

static int (*get_api)(const char *, void *);
static void (*set_attributes)(void *, const char *, int, int);
static int (*create_command)(void *, const char *, int (*)(void *, void **, int), const char *, int, int, int);
static void *(*register_filter)(void *, void (*)(void *), int);
static int (*subscribe)(void *, event, void (*)(void *, event, uint64_t, void *));
static int (*context_flags)(void *);
static int (*argument_count)(void *);
static void *(*argument)(void *, int);
static const char *(*string_of)(void *, size_t *);
static int (*reply_text)(void *, const char *, size_t);

static command commands[COMMANDS], *running;
static long began_processor, began_clock;

static long microseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000L + time.tv_nsec / 1000;
}

static void end_command(void) {
    if (!running) return;
    long processor = microseconds(CLOCK_THREAD_CPUTIME_ID) - began_processor, clock = microseconds(CLOCK_MONOTONIC) - began_clock;
    running->calls++;
    running->processor_over += processor > LIMIT_US;
    running->clock_over += clock > LIMIT_US;
    if (processor > running->processor_most) running->processor_most = processor;
    if (clock > running->clock_most) running->clock_most = clock;
    running = NULL;
}

static void name_of(void *call, int position, char *name) {
    size_t length, used = 0;
    const char *word = string_of(argument(call, position), &length);
    for (; used < length && used < NAME - 1; used++) name[used] = word[used] > ' ' ? word[used] : '?';
    memset(name + used, 0, NAME - used);
}

/* The first word, and of a script its hash. */
static void begin_command(void *call) {
    if (context_flags(NULL) & FLAG_IN_SCRIPT) return;
    end_command();
    char name[NAME];
    name_of(call, 0, name);
    if (strcasecmp(name, "EVALSHA") == 0 && argument_count(call) > 1) name_of(call, 1, name);
    running = commands;
    while (running->name[0] && strcmp(running->name, name) != 0 && running < commands + COMMANDS - 1) running++;
    memcpy(running->name, name, NAME);
    began_processor = microseconds(CLOCK_THREAD_CPUTIME_ID);
    began_clock = microseconds(CLOCK_MONOTONIC);
}

static void before_sleep(void *context, event which, uint64_t part, void *data) {
    (void)context, (void)which, (void)data;
    if (part == EVENT_LOOP_SLEEPS) end_command();
}

static int look(void *context, void **arguments, int count) {
    (void)arguments, (void)count;
    char text[COMMANDS * (NAME + 100)];
    int used = 0;
    for (command *one = commands; one < commands + COMMANDS; one++) {
        if (!one->calls) continue;
        used += sprintf(text + used, "%s %ld %ld %ld %ld %ld\n", one->name, one->calls, one->processor_over, one->processor_most, one->clock_over, one->clock_most);
        one->calls = one->processor_over = one->processor_most = one->clock_over = one->clock_most = 0;
    }
    return reply_text(context, text, used);
}

int RedisModule_OnLoad(void *context, void **arguments, int count) {
    (void)arguments, (void)count;
    struct { const char *name; void *function; } needed[] = {
        { "RedisModule_SetModuleAttribs", &set_attributes }, { "RedisModule_CreateCommand", &create_command },
        { "RedisModule_RegisterCommandFilter", &register_filter }, { "RedisModule_SubscribeToServerEvent", &subscribe },
        { "RedisModule_GetContextFlags", &context_flags }, { "RedisModule_CommandFilterArgsCount", &argument_count },
        { "RedisModule_CommandFilterArgGet", &argument }, { "RedisModule_StringPtrLen", &string_of },
        { "RedisModule_ReplyWithStringBuffer", &reply_text },
    };
    memcpy(&get_api, context, sizeof get_api);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (get_api(needed[i].name, needed[i].function)) return 1;
    set_attributes(context, "times", 1, API_VERSION);
    return create_command(context, "times.look", look, "admin", 0, 0, 0)
        || !register_filter(context, begin_command, 0)
        || subscribe(context, (event){ EVENT_LOOP, 1 }, before_sleep)
        || pthread_atfork(end_command, NULL, NULL);
}
