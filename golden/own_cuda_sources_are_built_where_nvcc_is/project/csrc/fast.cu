__global__ void fast() {}
