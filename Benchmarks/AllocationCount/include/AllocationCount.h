// Counts heap allocations of this process, all threads, while counting is on.
#pragma once

/// Starts to count at zero.
void allocation_count_start(void);

/// Stops, and gives the number of calls of malloc, calloc and realloc and their kin since the start.
long allocation_count_stop(void);
