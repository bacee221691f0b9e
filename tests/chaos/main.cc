// The long form of the chaos test, for script/chaos: prints what was counted, as Markdown.
#include <cstdlib>
#include <iostream>
#include <string>

#include "chaos/chaos.h"

int main(int argc, char** argv) {
  encke::ChaosPlan plan;
  plan.log = &std::cerr;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    const std::string value = argv[i + 1];
    if (flag == "--hold") plan.hold = value;
    if (flag == "--folder") plan.folder = value;
    if (flag == "--kills") plan.kills = std::atoi(value.c_str());
    if (flag == "--seed") plan.seed = std::strtoull(value.c_str(), nullptr, 10);
    if (flag == "--fake-time") plan.fake_time = value;
    if (flag == "--fill") plan.fill = value == "1";
  }
  const encke::ChaosCount count = encke::make_chaos(plan);
  std::cout << count;
  return count.is_well() ? 0 : 1;
}
