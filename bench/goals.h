// goals.h: what Encke's --hold=park has to reach, and whether it does.
#pragma once

#include "results.h"

namespace bench {

void print_goals(const Results& results);

}  // namespace bench
