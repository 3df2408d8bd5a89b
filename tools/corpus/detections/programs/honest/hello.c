#include <stdio.h>
int main(int count, char **words) {
    printf("Hello, world: %d argument(s), %s\n", count, words[0]);
    return 0;
}
