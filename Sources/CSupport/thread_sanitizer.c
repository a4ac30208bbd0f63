/* librdkafka uses C11's threads, which the thread sanitizer does not know: a thread that it has not seen begin crashes
 * it. Under it, they are POSIX threads, which is what glibc makes of them anyway. Source: glibc 2.36, nptl/thrd_*.c,
 * where mtx_t and cnd_t begin with pthread_mutex_t and pthread_cond_t. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

struct start { thrd_start_t body; void *argument; };

static void *run(void *memory) {
    struct start start = *(struct start *)memory;
    free(memory);
    return (void *)(intptr_t)start.body(start.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t body, void *argument) {
    struct start *start = malloc(sizeof *start);
    if (!start) return thrd_nomem;
    *start = (struct start){body, argument};
    return pthread_create((pthread_t *)thread, NULL, run, start) ? thrd_error : thrd_success;
}

int thrd_join(thrd_t thread, int *result) {
    void *ended = NULL;
    if (pthread_join((pthread_t)thread, &ended)) return thrd_error;
    if (result) *result = (int)(intptr_t)ended;
    return thrd_success;
}

int mtx_init(mtx_t *mutex, int type) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    if (type & mtx_recursive) pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    return pthread_mutex_init((pthread_mutex_t *)mutex, &attributes) ? thrd_error : thrd_success;
}
int mtx_lock(mtx_t *mutex) {
    return pthread_mutex_lock((pthread_mutex_t *)mutex) ? thrd_error : thrd_success;
}
int mtx_trylock(mtx_t *mutex) {
    int code = pthread_mutex_trylock((pthread_mutex_t *)mutex);
    return code == EBUSY ? thrd_busy : code ? thrd_error : thrd_success;
}
int mtx_unlock(mtx_t *mutex) {
    return pthread_mutex_unlock((pthread_mutex_t *)mutex) ? thrd_error : thrd_success;
}
void mtx_destroy(mtx_t *mutex) { pthread_mutex_destroy((pthread_mutex_t *)mutex); }

int cnd_init(cnd_t *condition) {
    return pthread_cond_init((pthread_cond_t *)condition, NULL) ? thrd_error : thrd_success;
}
int cnd_signal(cnd_t *condition) {
    return pthread_cond_signal((pthread_cond_t *)condition) ? thrd_error : thrd_success;
}
int cnd_broadcast(cnd_t *condition) {
    return pthread_cond_broadcast((pthread_cond_t *)condition) ? thrd_error : thrd_success;
}
int cnd_wait(cnd_t *condition, mtx_t *mutex) {
    return pthread_cond_wait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex) ? thrd_error : thrd_success;
}
int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until) {
    int code = pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, until);
    return code == ETIMEDOUT ? thrd_timedout : code ? thrd_error : thrd_success;
}
void cnd_destroy(cnd_t *condition) { pthread_cond_destroy((pthread_cond_t *)condition); }
#endif
#endif
