#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#define N 24
int main(void) {
    static double a[N][N], b[N][N], c[N][N];
    double trace = 0;
    srand(42);
    for (int i = 0; i < N; i++) for (int j = 0; j < N; j++) { a[i][j] = rand() % 100 / 10.0; b[i][j] = sin(i) * cos(j); }
    clock_t start = clock();
    for (int i = 0; i < N; i++) for (int j = 0; j < N; j++) for (int k = 0; k < N; k++) c[i][j] += a[i][k] * b[k][j];
    for (int i = 0; i < N; i++) trace += c[i][i];
    printf("trace %.3f in %ld ms\n", trace, (long)(clock() - start));
    return 0;
}
