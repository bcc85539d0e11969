/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/predict.h"

int main(int argc, char **argv)
{
    struct predict_options options;
    bool stop;
    int code = predict_parse(argc, argv, &options, &stop);
    return code || stop ? code : predict_run(&options);
}
