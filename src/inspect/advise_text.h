/* What an advice says, in words. Each fills all of it but what was measured. */
#ifndef WEIR_INSPECT_ADVISE_TEXT_H
#define WEIR_INSPECT_ADVISE_TEXT_H

#include "inspect/advise.h"
#include "inspect/change.h"

void weir_advice_say_change(struct weir_advice *out, const struct weir_model *model,
                            const struct weir_law *law, const struct weir_change *change);
void weir_advice_say_waiting(struct weir_advice *out, const struct weir_model_stage *stage);
void weir_advice_say_long_poll(struct weir_advice *out, const struct weir_model_stage *stage);
void weir_advice_say_short_task(struct weir_advice *out, const struct weir_model *model,
                                const struct weir_model_spawn *spawn);
void weir_advice_say_cpu_bound(struct weir_advice *out, const struct weir_model *model,
                               const struct weir_law *law);

#endif
