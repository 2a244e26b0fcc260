mod gate;
mod news2;
