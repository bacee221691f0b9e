// lane_frame.js: the hidden frame that a lane reads in. Its page comes from the lane's own server,
// so it may fail to load, and is then loaded again.

const kPatience = 6000;  // ms; with 500 ms of delay both ways, a page and its scripts need four

export class LaneFrame {
  present = false;

  /// `hear(what)` gets what the lane's page tells (lane.js).
  constructor(name, hear) {
    this.name = name;
    this.hear = hear;
    this.frame = document.createElement('iframe');
    this.frame.title = name;
    this.frame.tabIndex = -1;
    document.getElementById('frames').append(this.frame);
    addEventListener('message', (event) => {
      if (event.origin !== this.origin || event.source !== this.frame.contentWindow) return;
      this.present = true;
      clearTimeout(this.timer);
      if (event.data.type === 'here') this.tell_interval();
      hear(event.data);
    });
  }

  load(port, interval) {
    this.port = port;
    this.origin = `http://${location.hostname}:${port}`;
    this.interval = interval;
    this.present = false;
    const query = new URLSearchParams({ lane: this.name, interval, parent: location.origin });
    const attempt = () => {
      this.frame.src = `${this.origin}/lane.html?${query}`;
      this.timer = setTimeout(attempt, kPatience);
    };
    clearTimeout(this.timer);
    attempt();
  }

  set_interval(interval) {
    if (interval === this.interval) return;
    this.interval = interval;
    if (this.present) this.tell_interval();
  }

  tell_interval() { this.frame.contentWindow.postMessage({ type: 'interval', interval: this.interval }, this.origin); }
}
