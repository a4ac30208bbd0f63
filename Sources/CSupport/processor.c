#include <unistd.h>

/* Before anything else runs: a processor without the instructions that the program was built with would end it with
   an illegal instruction and no word. 70: the exit code for what nobody can put right by configuration. */
#if defined(__x86_64__) && defined(__AVX2__)
__attribute__((constructor(101), target("no-avx,no-avx2,no-bmi,no-bmi2,no-fma"))) static void check_processor(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v3")) return;
    static const char text[] =
        "tetik: this processor is too old for this build (it lacks AVX2, BMI2 or FMA: x86-64-v3). Build it with "
        "TETIK_PROCESSOR=x86-64 swift build -c release\n";
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(70);
}
#endif
