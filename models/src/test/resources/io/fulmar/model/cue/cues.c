/*
 * TensorFlow Lite with bad luck: everything is the real library's, but a model that ends in "fulmar-cue KIND FROM AMOUNT\n"
 * misbehaves in native code from the FROM-th run of an interpreter on (1: the first):
 *
 *   crash   writes to address 0
 *   abort   calls abort()
 *   hang    never returns
 *   slow    takes AMOUNT milliseconds more, each time
 *   memory  takes AMOUNT MiB, once, until the interpreter is deleted
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TAIL 80
#define SLOTS 4096

typedef struct {
    const void *owner; /* a model, an interpreter or a signature's runner */
    char kind[16];
    long from, amount, runs;
    void *taken;
} Cue;

static Cue cues[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) {
        fprintf(stderr, "cues: the real library has no %s\n", name);
        abort();
    }
    return found;
}

#define REAL(result, name, ...) ((result(*)(__VA_ARGS__))real(#name))

static Cue *of(const void *owner) {
    for (Cue *cue = cues; cue < cues + SLOTS; cue++) {
        if (cue->owner == owner) {
            return cue;
        }
    }
    return NULL;
}

static void give(const void *owner, Cue cue) {
    Cue *slot = of(NULL);
    if (owner && slot && cue.kind[0]) {
        *slot = cue;
        slot->owner = owner;
    }
}

static void give_as(const void *from, const void *to) {
    pthread_mutex_lock(&lock);
    Cue *cue = of(from);
    if (cue) {
        give(to, *cue);
    }
    pthread_mutex_unlock(&lock);
}

static void forget(const void *owner) {
    pthread_mutex_lock(&lock);
    Cue *cue = owner ? of(owner) : NULL;
    void *taken = cue ? cue->taken : NULL;
    if (cue) {
        memset(cue, 0, sizeof *cue);
    }
    pthread_mutex_unlock(&lock);
    free(taken);
}

static void run(const void *owner) {
    pthread_mutex_lock(&lock);
    Cue *found = of(owner);
    if (!found || ++found->runs < found->from) {
        pthread_mutex_unlock(&lock);
        return;
    }
    Cue cue = *found;
    if (!strcmp(cue.kind, "memory") && !cue.taken) {
        size_t bytes = (size_t)cue.amount << 20;
        found->taken = malloc(bytes);
        if (found->taken) {
            memset(found->taken, 1, bytes);
        }
    }
    pthread_mutex_unlock(&lock);
    if (!strcmp(cue.kind, "crash")) {
        *(volatile int *)0 = 1;
    } else if (!strcmp(cue.kind, "abort")) {
        abort();
    } else if (!strcmp(cue.kind, "slow")) {
        struct timespec time = {cue.amount / 1000, cue.amount % 1000 * 1000000};
        nanosleep(&time, NULL);
    }
    while (!strcmp(cue.kind, "hang")) {
        pause();
    }
}

void *TfLiteModelCreateWithErrorReporter(const void *bytes, size_t size, void *reporter, void *data) {
    void *model =
        REAL(void *, TfLiteModelCreateWithErrorReporter, const void *, size_t, void *, void *)(bytes, size, reporter, data);
    char tail[TAIL + 1] = {0};
    size_t length = size < TAIL ? size : TAIL;
    memcpy(tail, (const char *)bytes + size - length, length);
    char *text = memmem(tail, length, "fulmar-cue ", 11);
    Cue cue = {0};
    if (text && sscanf(text, "fulmar-cue %15s %ld %ld", cue.kind, &cue.from, &cue.amount) == 3) {
        pthread_mutex_lock(&lock);
        give(model, cue);
        pthread_mutex_unlock(&lock);
    }
    return model;
}

void TfLiteModelDelete(void *model) {
    forget(model);
    REAL(void, TfLiteModelDelete, void *)(model);
}

void *TfLiteInterpreterCreate(const void *model, const void *options) {
    void *interpreter = REAL(void *, TfLiteInterpreterCreate, const void *, const void *)(model, options);
    give_as(model, interpreter);
    return interpreter;
}

void TfLiteInterpreterDelete(void *interpreter) {
    forget(interpreter);
    REAL(void, TfLiteInterpreterDelete, void *)(interpreter);
}

int TfLiteInterpreterInvoke(void *interpreter) {
    run(interpreter);
    return REAL(int, TfLiteInterpreterInvoke, void *)(interpreter);
}

void *TfLiteInterpreterGetSignatureRunner(const void *interpreter, const char *key) {
    void *runner = REAL(void *, TfLiteInterpreterGetSignatureRunner, const void *, const char *)(interpreter, key);
    give_as(interpreter, runner);
    return runner;
}

void TfLiteSignatureRunnerDelete(void *runner) {
    forget(runner);
    REAL(void, TfLiteSignatureRunnerDelete, void *)(runner);
}

int TfLiteSignatureRunnerInvoke(void *runner) {
    run(runner);
    return REAL(int, TfLiteSignatureRunnerInvoke, void *)(runner);
}
