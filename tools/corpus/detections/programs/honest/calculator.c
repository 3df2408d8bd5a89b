#include <stdio.h>
#include <math.h>
int main(void) {
    double first, second;
    char sign;
    printf("calculation: ");
    if (scanf("%lf %c %lf", &first, &sign, &second) != 3) { puts("?"); return 1; }
    switch (sign) {
    case '+': printf("%g\n", first + second); break;
    case '-': printf("%g\n", first - second); break;
    case '*': printf("%g\n", first * second); break;
    case '/': printf("%g\n", second ? first / second : NAN); break;
    default: puts("unknown sign");
    }
    printf("root of both: %.4f, power %.1f\n", sqrt(first + second), pow(2.0, 10.0));
    return 0;
}
