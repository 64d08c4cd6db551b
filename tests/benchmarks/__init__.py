"""How much slower we are than the bare thing underneath, as ratios: machines differ, ratios hardly."""
