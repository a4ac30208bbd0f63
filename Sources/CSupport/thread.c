#define _GNU_SOURCE
#include "CSupport.h"
#include <pthread.h>
#include <string.h>

void tetik_name_thread(const char *name) {
    char kept[16];
    strncpy(kept, name, sizeof kept - 1);
    kept[sizeof kept - 1] = 0;
    pthread_setname_np(pthread_self(), kept);
}
