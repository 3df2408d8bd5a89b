#include <windows.h>
#include <stdio.h>
#include <time.h>
int main(void) {
    char path[MAX_PATH], when[64];
    time_t now = time(NULL);
    GetTempPathA(sizeof path, path);
    strcat(path, "application.log");
    FILE *log = fopen(path, "a");
    if (!log) return 1;
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", localtime(&now));
    for (int i = 0; i < 5; i++) fprintf(log, "%s started step %d of %d (%5.1f%%)\n", when, i + 1, 5, 20.0 * (i + 1));
    fclose(log);
    return 0;
}
