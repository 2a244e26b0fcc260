mod bed;
mod deterioration;
mod fever;
mod gate;
mod monitor;
mod news2;
mod properties;
mod silence;
