#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int order(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }
int main(void) {
    char line[256], *lines[100];
    int count = 0;
    FILE *in = fopen("C:\\Users\\anna\\Documents\\customers.csv", "r");
    if (!in) { perror("customers.csv"); return 1; }
    while (count < 100 && fgets(line, sizeof line, in)) lines[count++] = strdup(line);
    fclose(in);
    qsort(lines, count, sizeof *lines, order);
    FILE *out = fopen("sorted.csv", "w");
    for (int i = 0; i < count; i++) { fputs(lines[i], out); free(lines[i]); }
    fclose(out);
    printf("%d lines sorted\n", count);
    return 0;
}
